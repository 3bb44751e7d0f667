package plot

import (
	"context"
	"math"
)

// The place of the axes in a figure, as shares of it, in matplotlib's default.
const (
	axesLeft   = 0.125
	axesRight  = 0.9
	axesBottom = 0.11
	axesTop    = 0.88
)

// figure is a picture in the making.
type figure struct {
	scene
	fonts *fonts
	axes  rect // the frame
	x, y  axis
}

// build lays out the picture of cols.
func build(ctx context.Context, f *fonts, cols []Column, o Options) (page, error) {
	width, height := o.Size()
	width, height = width*72, height*72
	fig := &figure{fonts: f, axes: rect{axesLeft * width, axesBottom * height, axesRight * width, axesTop * height}}
	fig.box = fig.axes
	fig.x = axis{log: o.XLog, from: fig.axes.x0, to: fig.axes.x1}
	fig.y = axis{log: o.YLog, from: fig.axes.y0, to: fig.axes.y1}
	cols = cols[:min(len(cols), MaxColumns)]
	var err error
	if o.Hist {
		err = fig.hist(ctx, cols, o)
	} else {
		err = fig.plot(ctx, cols, o)
	}
	if err != nil {
		return page{}, err
	}
	fig.title(o.Title)
	// The page is cut to what is drawn, with a margin, as the course's server
	// saved its plots; its size is a whole number of pixels.
	b := fig.box
	whole := func(v float64) float64 { return math.Ceil((v+2*cutMargin)*dpi/72-0.01) * 72 / dpi }
	p := page{scene: &fig.scene, w: whole(b.w()), h: whole(b.h()), title: PlainText(o.Title)}
	p.dx, p.dy = (p.w-b.w())/2-b.x0, (p.h-b.h())/2-b.y0
	return p, nil
}

// plot draws curves: the first column is x, a single one is y over its index.
func (fig *figure) plot(ctx context.Context, cols []Column, o Options) error {
	var x []float64
	ys := cols
	if len(cols) > 1 {
		x, ys = cols[0].Values, cols[1:]
	}
	styles := o.Styles(len(ys))
	var ex, ey extent
	for _, c := range ys {
		err := xy(ctx, x, c.Values, func(x, y float64) {
			if fig.x.shows(x) && fig.y.shows(y) {
				ex.add(x)
				ey.add(y)
			}
		})
		if err != nil {
			return err
		}
	}
	fig.x.view(ex, nil)
	fig.y.view(ey, nil)
	var curves []curve
	var entries []entry
	var around obstacles
	for i, c := range ys {
		cv := curve{title: c.Title, style: styles[i]}
		if err := cv.trace(ctx, x, c.Values, fig.x, fig.y, len(ys)); err != nil {
			return err
		}
		curves = append(curves, cv)
		entries = append(entries, entry{title: c.Title, style: cv.style})
		around.lines = append(around.lines, cv.lines...)
		if cv.style.Line == "" {
			// matplotlib looks at the line between the points even where it
			// is not drawn.
			around.lines = append(around.lines, cv.points)
		}
	}
	xlabel := o.XLabel
	if xlabel == "" && o.Named && len(cols) > 1 {
		xlabel = cols[0].Title
	}
	fig.frame(xlabel, o.YLabel, !o.NoGrid)
	for _, c := range curves {
		fig.curve(c)
	}
	fig.spines()
	if !ex.any {
		fig.empty()
	}
	if len(ys) > 1 || o.Named && len(ys) > 0 {
		fig.legend(entries, around)
	}
	return nil
}

// hist draws how often the columns' values occur, side by side.
func (fig *figure) hist(ctx context.Context, cols []Column, o Options) error {
	h, err := count(ctx, cols)
	if err != nil {
		return err
	}
	ex, ey := h.extents(o.XLog, o.YLog)
	foot := 0.0
	fig.x.view(ex, nil)
	fig.y.view(ey, &foot)
	var entries []entry
	var around obstacles
	styles := Options{}.Styles(len(cols))
	for i, c := range cols {
		entries = append(entries, entry{title: c.Title, style: styles[i], bar: true})
		if !h.any {
			continue
		}
		for _, b := range h.bars(i) {
			if r, ok := b.place(fig.x, fig.y); ok {
				fig.fillRect(r, rgb(styles[i].Color))
				around.bars = append(around.bars, r)
			}
		}
	}
	fig.frame(o.XLabel, o.YLabel, !o.NoGrid) // matplotlib's grid lies over bars
	fig.spines()
	if !h.any {
		fig.empty()
	}
	if len(cols) > 1 || o.Named && len(cols) > 0 {
		fig.legend(entries, around)
	}
	return nil
}

// curve draws a line and its markers.
func (fig *figure) curve(c curve) {
	col := rgb(c.style.Color)
	if c.style.Line != "" {
		for _, l := range c.lines {
			fig.polyline(l, lineWidth, dashes(c.style.Line), col)
		}
	}
	if c.style.Marker != "" && len(c.points) > 0 {
		fig.ops = append(fig.ops, op{path: markerShape(c.style.Marker), at: c.points, color: col})
	}
}

// frame draws grid, ticks and labels.
func (fig *figure) frame(xlabel, ylabel string, grid bool) {
	a := fig.axes
	xticks, xshared := fig.x.ticks(3 * textSize)
	yticks, yshared := fig.y.ticks(2 * textSize)
	gray := rgb("#b0b0b0")
	if grid {
		for _, t := range xticks {
			if !t.minor {
				fig.line(fig.x.at(t.at), a.y0, fig.x.at(t.at), a.y1, frameWidth, gray)
			}
		}
	}
	below := a.y0 - tickLength
	for _, t := range xticks {
		at := fig.x.at(t.at)
		length, width, pad := tickSizes(t)
		fig.line(at, a.y0, at, a.y0-length, width, black)
		if t.text != "" {
			b := fig.fonts.line(t.text, textSize)
			y := a.y0 - length - pad - b.asc
			fig.text(b, at-b.w/2, y, 0, black)
			below = math.Min(below, y-b.desc)
		}
	}
	if grid {
		for _, t := range yticks {
			if !t.minor {
				fig.line(a.x0, fig.y.at(t.at), a.x1, fig.y.at(t.at), frameWidth, gray)
			}
		}
	}
	left := a.x0 - tickLength
	for _, t := range yticks {
		at := fig.y.at(t.at)
		length, width, pad := tickSizes(t)
		fig.line(a.x0, at, a.x0-length, at, width, black)
		if t.text != "" {
			b := fig.fonts.line(t.text, textSize)
			x := a.x0 - length - pad - b.w
			fig.text(b, x, at-b.asc/2, 0, black)
			left = math.Min(left, x)
		}
	}
	fig.shared(xshared, yshared, below)
	fig.labels(xlabel, ylabel, below, left)
	fig.grow(rect{left, below, a.x1, a.y1})
}

func tickSizes(t tick) (length, width, pad float64) {
	if t.minor {
		return minorLength, minorWidth, minorPad
	}
	return tickLength, frameWidth, tickPad
}

// shared writes what the labels of an axis have in common at its end.
func (fig *figure) shared(x, y string, below float64) {
	if x != "" {
		b := fig.fonts.line(x, textSize)
		fig.text(b, fig.axes.x1-b.w, below-sharedPad-b.asc, 0, black)
	}
	if y != "" {
		b := fig.fonts.line(y, textSize)
		fig.text(b, fig.axes.x0, fig.axes.y1+sharedPad, 0, black)
	}
}

func (fig *figure) labels(xlabel, ylabel string, below, left float64) {
	a := fig.axes
	if xlabel != "" {
		b := fig.fonts.block(xlabel, textSize)
		top := below - labelPad - b.asc
		for i, l := range b.lines {
			fig.text(l, (a.x0+a.x1-l.w)/2, top+b.y[i], 0, black)
		}
	}
	if ylabel != "" {
		b := fig.fonts.block(ylabel, textSize)
		right := left - labelPad - b.desc
		for i, l := range b.lines {
			fig.text(l, right-b.y[i], (a.y0+a.y1-l.w)/2, math.Pi/2, black)
		}
	}
}

// spines draws the frame of the axes.
func (fig *figure) spines() {
	a := fig.axes
	first := len(fig.ops)
	fig.line(a.x0, a.y0, a.x0, a.y1, frameWidth, black)
	fig.line(a.x1, a.y0, a.x1, a.y1, frameWidth, black)
	fig.line(a.x0, a.y0, a.x1, a.y0, frameWidth, black)
	fig.line(a.x0, a.y1, a.x1, a.y1, frameWidth, black)
	for i := range fig.ops[first:] {
		fig.ops[first+i].cap = true
	}
}

// title stands above the axes, and above what the y labels share where that
// reaches under it.
func (fig *figure) title(s string) {
	if s == "" {
		return
	}
	b := fig.fonts.block(s, titleSize)
	a := fig.axes
	x := (a.x0 + a.x1 - b.w) / 2
	base := a.y1 + titlePad
	if _, shared := fig.y.ticks(2 * textSize); shared != "" {
		o := fig.fonts.line(shared, textSize)
		if x < a.x0+o.w && base-b.desc < a.y1+sharedPad+o.asc {
			base = a.y1 + sharedPad + o.asc + b.lines[len(b.lines)-1].desc
		}
	}
	last := b.y[len(b.y)-1]
	for i, l := range b.lines {
		fig.text(l, (a.x0+a.x1-l.w)/2, base+b.y[i]-last, 0, black)
	}
}

// empty says in the middle of the axes that there is nothing to see.
func (fig *figure) empty() {
	b := fig.fonts.line("no values to draw", textSize)
	a := fig.axes
	fig.text(b, (a.x0+a.x1-b.w)/2, (a.y0+a.y1)/2-b.asc/2, 0, rgb("#7f7f7f"))
}
