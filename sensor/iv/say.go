package iv

// Sentences that stand in the place of a number.
const (
	sayOdd = "not measured: these rows do not make a curve; sweep again, slowly and in one direction"
	sayFew = "not measured: too few rows; a curve takes 4 at least, better 20"
)
