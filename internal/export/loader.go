package export

// Line is code that loads an export, to be pasted.
type Line struct {
	Language string `json:"language"` // "Python", "MATLAB"
	Code     string `json:"code"`     // one line, imports included
}

// Loader gives the lines that load the export of this format from its URL
// (read-only key included), Python's first. several says that the URL gives
// more than one table. nil for an unknown format.
func Loader(format, url string, several bool) []Line {
	return nil
}
