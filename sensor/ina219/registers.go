package ina219

import "time"

// Registers of the chip (TI SBOS448, section 8.6).
const (
	regConfig      = 0
	regShunt       = 1
	regBus         = 2
	regPower       = 3
	regCurrent     = 4
	regCalibration = 5
	registers      = 6
)

// Fields of the configuration register.
const (
	configReset    = 1 << 15
	configRange32  = 1 << 13 // 32 V instead of 16 V
	configGain     = 11      // two bits: 40, 80, 160, 320 mV at the shunt
	configBusADC   = 7       // four bits, see conversion
	configShuntADC = 3
	configDefault  = 0x399f // after power-on and reset

	// Mode, the lowest three bits.
	modeShunt      = 1 << 0
	modeBus        = 1 << 1
	modeContinuous = 1 << 2
)

// Flags of the bus voltage register.
const (
	busReady    = 1 << 1
	busOverflow = 1 << 0
)

// conversion says what an ADC field of the configuration means: how long one
// measurement takes and to how many bits.
func conversion(field uint16) (took time.Duration, bits int) {
	if field&8 == 0 {
		return [...]time.Duration{84, 148, 276, 532}[field&3] * time.Microsecond, 9 + int(field&3)
	}
	averages := time.Duration(1) << (field & 7)
	return averages * 532 * time.Microsecond, 12
}

// configFor measures continuously, in the 32 V and 320 mV ranges, with the
// most averages whose two conversions (shunt, then bus) fit into interval.
func configFor(interval time.Duration) uint16 {
	adc := uint16(0xf)
	for interval > 0 && adc > 8 {
		if took, _ := conversion(adc); 2*took <= interval {
			break
		}
		adc--
	}
	return configRange32 | 3<<configGain | adc<<configBusADC | adc<<configShuntADC |
		modeContinuous | modeBus | modeShunt
}
