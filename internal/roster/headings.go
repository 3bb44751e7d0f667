package roster

import (
	"strings"
	"unicode"
)

// field is what a column of a list is about.
type field int

const (
	unknown field = iota
	fieldName
	fieldFirst
	fieldLast
	fieldDisplay
	fieldSession
	fieldTeam
	fieldSection
	fieldSeat
	fieldPassword
)

var titles = [...]string{"", "name", "first name", "last name", "display name", "session", "team", "section", "seat", "password"}

// headings are the spellings of columns' headings, as letters finds them:
// small letters and digits only.
var headings = spellings()

func spellings() map[string]field {
	out := map[string]field{}
	for f, words := range map[field]string{
		fieldName:     "name fullname student studentname studentsname person participant nameofstudent vollständigername teilnehmer nom nombre namn",
		fieldFirst:    "firstname first givenname forename vorname prénom prenom nombres imię imie",
		fieldLast:     "lastname last surname familyname nachname familienname nomdefamille apellido apellidos nazwisko",
		fieldDisplay:  "displayname display alias nick nickname shownas shown anzeigename spitzname pseudo",
		fieldSession:  "session sessionname sessionid prefix yourname yournameprefix nameprefix user username userid login loginname account benutzer benutzername kennung utilisateur usuario",
		fieldTeam:     "team teamname pair partners equipe équipe equipo",
		fieldSection:  "section class classname course coursename group groups groupname labgroup labsection cohort kurs gruppe klasse seminargruppe groupe grupo sección",
		fieldSeat:     "seat seatnumber place desk placenumber platz sitzplatz",
		fieldPassword: "password pass passwd passphrase pwd pw pin passwort kennwort motdepasse contraseña",
	} {
		for w := range strings.FieldsSeq(words) {
			out[w] = f
		}
	}
	return out
}

// letters are the letters and digits of a heading, small.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// fold is a text without regard to case and to the width of its gaps.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
