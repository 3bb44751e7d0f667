package series

// Measuring are the places of the columns that measure a quantity.
func Measuring(columns []Column, q Quantity) []int {
	var list []int
	for i, c := range columns {
		if c.Quantity == q {
			list = append(list, i)
		}
	}
	return list
}

// WithUnit is a name with its unit, "Voltage (V)", as headings have it.
func WithUnit(name, unit string) string {
	switch unit {
	case "":
		return name
	case "Ohm":
		unit = "Ω"
	}
	return name + " (" + unit + ")"
}
