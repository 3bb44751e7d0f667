package sensor

// Units lists the units a column of that quantity may have been sent in, the
// one it is shown in first; all units for Unknown. The caller may keep it.
func Units(q Quantity) []string { return nil }
