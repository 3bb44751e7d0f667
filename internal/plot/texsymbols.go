package plot

// symbols are the commands of TeX that stand for one character.
var symbols = map[string]rune{
	"alpha": 'α', "beta": 'β', "gamma": 'γ', "delta": 'δ', "epsilon": 'ϵ', "varepsilon": 'ε', "zeta": 'ζ',
	"eta": 'η', "theta": 'θ', "vartheta": 'ϑ', "iota": 'ι', "kappa": 'κ', "lambda": 'λ', "mu": 'μ', "nu": 'ν',
	"xi": 'ξ', "omicron": 'ο', "pi": 'π', "varpi": 'ϖ', "rho": 'ρ', "varrho": 'ϱ', "sigma": 'σ', "varsigma": 'ς',
	"tau": 'τ', "upsilon": 'υ', "phi": 'ϕ', "varphi": 'φ', "chi": 'χ', "psi": 'ψ', "omega": 'ω',
	"Gamma": 'Γ', "Delta": 'Δ', "Theta": 'Θ', "Lambda": 'Λ', "Xi": 'Ξ', "Pi": 'Π', "Sigma": 'Σ', "Upsilon": 'Υ',
	"Phi": 'Φ', "Psi": 'Ψ', "Omega": 'Ω', "ohm": 'Ω', "micro": 'µ',

	"pm": '±', "mp": '∓', "times": '×', "div": '÷', "ast": '∗', "star": '⋆', "circ": '∘', "bullet": '∙', "cdot": '⋅',
	"cap": '∩', "cup": '∪', "vee": '∨', "wedge": '∧', "oplus": '⊕', "ominus": '⊖', "otimes": '⊗', "odot": '⊙', "dagger": '†',
	"leq": '≤', "le": '≤', "geq": '≥', "ge": '≥', "neq": '≠', "ne": '≠', "equiv": '≡', "approx": '≈', "sim": '∼',
	"simeq": '≃', "cong": '≅', "propto": '∝', "ll": '≪', "gg": '≫', "parallel": '∥', "perp": '⟂', "mid": '∣',
	"subset": '⊂', "supset": '⊃', "in": '∈', "ni": '∋', "prec": '≺', "succ": '≻',
	"leftarrow": '←', "rightarrow": '→', "to": '→', "leftrightarrow": '↔', "uparrow": '↑', "downarrow": '↓',
	"Leftarrow": '⇐', "Rightarrow": '⇒', "Leftrightarrow": '⇔', "mapsto": '↦', "longrightarrow": '⟶', "longleftarrow": '⟵',

	"infty": '∞', "partial": '∂', "nabla": '∇', "forall": '∀', "exists": '∃', "hbar": 'ħ', "ell": 'ℓ', "Re": 'ℜ', "Im": 'ℑ',
	"angle": '∠', "degree": '°', "prime": '′', "emptyset": '∅', "sum": '∑', "prod": '∏', "int": '∫', "oint": '∮',
	"dots": '…', "ldots": '…', "cdots": '⋯', "AA": 'Å', "langle": '⟨', "rangle": '⟩', "backslash": '\\', "|": '‖', "Vert": '‖', "vert": '|',
	"{": '{', "}": '}', "$": '$', "%": '%', "#": '#', "&": '&', "_": '_',
}

// spaces are the commands that leave room, in widths of an m.
var spaces = map[string]float64{
	",": 1. / 6, "thinspace": 1. / 6, "/": 1. / 6, ">": 2. / 9, ":": 2. / 9, ";": 5. / 18, " ": 1. / 3, "!": -1. / 6,
	"enspace": .5, "quad": 1, "qquad": 2,
}

// functions are written upright with a little room behind.
var functions = map[string]bool{
	"arccos": true, "arcsin": true, "arctan": true, "arg": true, "cos": true, "cosh": true, "cot": true, "coth": true,
	"csc": true, "deg": true, "det": true, "dim": true, "exp": true, "gcd": true, "inf": true, "ker": true, "lg": true,
	"lim": true, "ln": true, "log": true, "max": true, "min": true, "Pr": true, "sec": true, "sin": true, "sinh": true,
	"sup": true, "tan": true, "tanh": true,
}

// upright are the commands that set their argument upright, as text or not.
var upright = map[string]bool{
	"mathrm": true, "mathdefault": true, "mathregular": true, "mathsf": true, "mathtt": true, "mathbf": true, "operatorname": true,
	"rm": true, "sf": true, "bf": true, "tt": true,
}

// verbatim are the commands whose argument is text with its spaces.
var verbatim = map[string]bool{
	"text": true, "textrm": true, "mbox": true, "textnormal": true, "textbf": true, "textit": true, "textsf": true, "texttt": true,
}

// accents stand over their argument.
var accents = map[string]rune{
	"hat": 'ˆ', "bar": '¯', "dot": '˙', "ddot": '¨', "tilde": '˜', "vec": '→', "overline": '¯',
}

const (
	openers   = "([{<⟨"
	closers   = ")]}>⟩"
	operators = "+*−±∓×÷∗⋆∘∙⋅∩∪∨∧⊕⊖⊗⊙†"
	relations = "=<>:≤≥≠≡≈∼≃≅∝≪≫∥⟂∣⊂⊃∈∋≺≻←→↔↑↓⇐⇒⇔↦⟶⟵…"
	stacked   = "∑∏" // limits stand above and below
)
