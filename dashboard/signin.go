package dashboard

import (
	"errors"
	"net/http"

	"labbroker/internal/account"
)

// signInFailure is the sentence for a sign-in that was refused.
func (s *Server) signInFailure(user string, err error) error {
	user = shorten(user)
	switch {
	case errors.Is(err, account.ErrNoUser):
		return fail(http.StatusUnauthorized, "Give your name: the user name that your board uses.")
	case errors.Is(err, account.ErrNoPassword):
		return fail(http.StatusUnauthorized, "Give your password: the one that your board uses.")
	case errors.Is(err, account.ErrUnknown) && s.Accounts.Mode() == account.ModeClaim:
		return fail(http.StatusUnauthorized,
			"Nobody has connected as %s yet. Connect your board with this name and a password of your choice; then sign in with both.", user)
	case errors.Is(err, account.ErrUnknown):
		return fail(http.StatusUnauthorized, "Nobody has connected as %s yet. Connect your board first; then sign in.", user)
	case errors.Is(err, account.ErrPlaceholder):
		return fail(http.StatusUnauthorized, "%s is the slides' placeholder. Put your own name in its place, on the board too.", user)
	case errors.Is(err, account.ErrName):
		return fail(http.StatusUnauthorized,
			"%s cannot be a name: names have 1 to 32 letters, digits, _ and -, and begin with a letter or digit.", user)
	case errors.Is(err, account.ErrNotInRoster):
		return fail(http.StatusUnauthorized, "%s is not in the class list. Sign in with the name that your instructor gave you.", user)
	case errors.Is(err, account.ErrRenamed):
		var r *account.Renamed
		_ = errors.As(err, &r)
		return fail(http.StatusUnauthorized, "%s is called %s now. Sign in with that name; the password is the same.", user, r.To)
	case errors.Is(err, account.ErrArchived):
		return fail(http.StatusUnauthorized, "%s is archived. The instructor can bring it back.", user)
	case errors.Is(err, account.ErrPassword):
		return fail(http.StatusUnauthorized, "This is not the password of %s. It is the one that the first board with this name used; the instructor can reset it.", user)
	case errors.Is(err, account.ErrUnavailable):
		return fail(http.StatusServiceUnavailable, "The server cannot check passwords right now. Try again in a moment.")
	}
	return err
}

// shorten cuts what somebody typed to what a sentence bears.
func shorten(text string) string {
	const most = 40
	for i := range text {
		if i > most {
			return text[:i] + "..."
		}
	}
	return text
}
