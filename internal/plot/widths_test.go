package plot

// matplotlibWidths are what matplotlib 3.6.3 measures with its default
// typeface: MathTextParser("path").parse(s, 72, FontProperties(size=100)).
var matplotlibWidths = map[string]float64{
	`Damped cosine $e^{-t/\tau}\cos(\omega t)$`: 139.90,
	`$R_L$ [$\Omega$]`:                          29.80,
	`$\mathdefault{10^{-3}}$`:                   23.50,
	`$\frac{dP}{dV} = I + V$`:                   44.90,
	`$V_{oc}^2 \pm 5\,\mathrm{mV}$`:             52.10,
	`$\sin^2 x + \cos^2 x = 1$`:                 86.80,
	`$\alpha\beta\gamma\Delta\Phi$`:             33.70,
	`$x_{a_b}^{2^3}, y$`:                        25.60,
	`$\log x \times \ln y$`:                     51.80,
	`$f(x) = a \cdot x^{-1}$`:                   59.70,
	`$I_{sc} = 83\,\mathrm{mA}$`:                54.00,
}
