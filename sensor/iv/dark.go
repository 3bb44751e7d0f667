package iv

// dark fills in the figures of an element that gives no power.
func (r *Result) dark(d *rows, s Setup) {}
