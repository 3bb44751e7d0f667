// Package web is what the browser gets: page templates, styles, ES modules
// and third-party scripts, embedded in the binary so that nothing is asked
// from the internet. It embeds and does nothing else; dashboard parses the
// templates, fills them and serves the files.
//
// The templates: layout.html defines "layout", which calls "title" and
// "content"; each page_*.html defines those two. A page is layout.html parsed
// with one page_*.html and executed as "layout". The fields that they use:
//
//	.Static   where Static is served, without a closing slash
//	.Modules  the scripts that the page's script imports, below .Static
//	.Version  of labbroker
//	.Page     "index", "session", "wall", ...: chooses the script
//	.Session  the name in the address of a session's page
//	.Known    whether somebody is .Session already, or the one-time link is open
//	.Problem  a sentence, when a sign-in form sent without script failed
//	.Info     what GET /api/info says: .Access, .MQTT, .HTTP (addresses),
//	          .Refused (.Addr .Client .User .Text .Count .Time), .Clock,
//	          .Recording.Text, .You (nil, or .Session .Instructor)
package web

import "embed"

// Templates has the pages below templates/.
//
//go:embed templates/*.html
var Templates embed.FS

// Static has css/, js/ and vendor/ (third-party scripts with their versions,
// licences and hashes in vendor/vendor.json).
//
//go:embed css js vendor
var Static embed.FS
