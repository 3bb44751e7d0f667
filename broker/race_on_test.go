//go:build race

package broker_test

// raceDetector makes tests that only repeat do less.
const raceDetector = true
