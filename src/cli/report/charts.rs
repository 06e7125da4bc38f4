//! Pictures as SVG within the page. Colours are written as in daylight; the page's style sheet changes them for the dark.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use plotters::prelude::{
    ChartBuilder, Color, DrawingAreaErrorKind, IntoDrawingArea, RGBColor, Rectangle, SVGBackend,
    ShapeStyle, TextStyle,
};
use plotters::style::IntoFont;

use super::capture::Capture;
use super::figures;

// INVARIANT: style.css names each of these by its value.
const PERMITTED: RGBColor = RGBColor(0x12, 0x65, 0x5B);
const WITHHELD: RGBColor = RGBColor(0xB0, 0x5F, 0x2C);
const OTHERWISE: RGBColor = RGBColor(0xDD, 0xB0, 0x8E);
const CURED: RGBColor = RGBColor(0x8F, 0xBF, 0xB4);
const TRACK: RGBColor = RGBColor(0xEC, 0xE7, 0xDD);
const LINE: RGBColor = RGBColor(0xD8, 0xD2, 0xC6);
const TEXT: RGBColor = RGBColor(0x5B, 0x57, 0x4F);

/// Length of a bar in the units of its picture.
pub(super) const BAR_LENGTH: u32 = 1_000;
const BAR_HEIGHT: u32 = 20;

/// Parts of a bar, one after the other from the left.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Permitted,
    Withheld,
    /// Withheld, but for another reason too.
    Otherwise,
    /// Permitted, if one reason were cured.
    Cured,
}

/// A bar whose parts are shares of `whole`; the numbers stand beside it, so it says nothing to who cannot see it.
pub(super) fn bar(parts: &[(Part, u64)], whole: u64) -> String {
    let mut svg = String::new();
    draw_bar(&mut svg, parts, whole).expect("a bar is drawn in memory");
    framed(
        &svg,
        "aria-hidden=\"true\" focusable=\"false\" preserveAspectRatio=\"none\"",
        "",
    )
}

type Drawn<'a> = Result<
    (),
    DrawingAreaErrorKind<<SVGBackend<'a> as plotters::prelude::DrawingBackend>::ErrorType>,
>;

fn draw_bar<'a>(svg: &'a mut String, parts: &[(Part, u64)], whole: u64) -> Drawn<'a> {
    let area = SVGBackend::with_string(svg, (BAR_LENGTH, BAR_HEIGHT)).into_drawing_area();
    let piece = |from: i32, to: i32, colour: RGBColor| {
        Rectangle::new([(from, 0), (to, BAR_HEIGHT as i32)], colour.filled())
    };
    area.draw(&piece(0, BAR_LENGTH as i32, TRACK))?;
    let mut before = 0;
    for &(part, number) in parts.iter().filter(|(_, number)| *number > 0) {
        let (from, to) = (place(before, whole), place(before + number, whole));
        let colour = match part {
            Part::Permitted => PERMITTED,
            Part::Withheld => WITHHELD,
            Part::Otherwise => OTHERWISE,
            Part::Cured => CURED,
        };
        // What is there is seen, however little it is.
        let from = from.min(BAR_LENGTH as i32 - 2);
        area.draw(&piece(from, to.max(from + 2), colour))?;
        before += number;
    }
    area.present()
}

/// Where a part ends along a bar.
fn place(number: u64, whole: u64) -> i32 {
    let share = u128::from(number) * u128::from(BAR_LENGTH) / u128::from(whole.max(1));
    share.min(u128::from(BAR_LENGTH)) as i32
}

/// A picture of records by time of capture and verdict; `id` is that of its title.
pub(super) fn columns(capture: &Capture, size: (u32, u32), id: &str) -> String {
    let mut svg = String::new();
    draw_columns(&mut svg, capture, size).expect("columns are drawn in memory");
    let title = format!(
        "<title id=\"{id}\">Records by {} of capture</title><desc id=\"{id}-told\">Columns from {} to {}: permitted records \
         below, withheld records above. The table after the picture has every number.</desc>",
        capture.unit, capture.first, capture.last
    );
    framed(
        &svg,
        &format!("role=\"img\" aria-labelledby=\"{id} {id}-told\""),
        &title,
    )
}

/// Tick marks where the calendar has them.
struct Ticks {
    to: f64,
    at: Vec<f64>,
}

impl Ranged for Ticks {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        low + (value / self.to * f64::from(high - low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.at.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        0.0..self.to
    }
}

impl plotters::coord::ranged1d::ValueFormatter<f64> for Ticks {}

fn draw_columns<'a>(svg: &'a mut String, capture: &Capture, size: (u32, u32)) -> Drawn<'a> {
    let area = SVGBackend::with_string(svg, size).into_drawing_area();
    let text = |size: u32| TextStyle::from(("sans-serif", size).into_font()).color(&TEXT);
    let bins = capture.bins.len() as f64;
    let highest = capture
        .bins
        .iter()
        .map(|bin| bin.permitted + bin.withheld)
        .max();
    let step = step(highest.unwrap_or(0));
    let top = highest.unwrap_or(0).div_ceil(step).max(1);
    let top = top.saturating_mul(step);
    let labels = (size.0 / 70).max(2) as usize;
    let every = capture.ticks.len().div_ceil(labels).max(1);
    let mut ticks: Vec<usize> = capture.ticks.iter().copied().step_by(every).collect();
    // The first part has its name where that has room beside the next one.
    if ticks
        .first()
        .is_none_or(|&tick| tick as f64 / bins * f64::from(size.0) > 80.0)
    {
        ticks.insert(0, 0);
    }
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .margin_right(16)
        .x_label_area_size(28)
        .y_label_area_size(10 + 8 * figures::count(top).len() as u32)
        .build_cartesian_2d(
            Ticks {
                to: bins,
                at: ticks.iter().map(|&tick| tick as f64).collect(),
            },
            Ticks {
                to: top as f64,
                at: (0..=top / step).map(|tick| (tick * step) as f64).collect(),
            },
        )?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(ShapeStyle::from(&LINE).stroke_width(0))
        .bold_line_style(LINE)
        .axis_style(LINE)
        .label_style(text(15))
        .x_label_formatter(&|at| capture.label(*at as usize))
        .y_label_formatter(&|at| figures::count(*at as u64))
        .draw()?;
    let column = |index: usize, from: u64, to: u64, colour: RGBColor| {
        let gap = if bins > 60.0 { 0.06 } else { 0.12 };
        let (left, right) = (index as f64 + gap, index as f64 + 1.0 - gap);
        Rectangle::new([(left, from as f64), (right, to as f64)], colour.filled())
    };
    for (index, bin) in capture.bins.iter().enumerate() {
        let all = bin.permitted + bin.withheld;
        if bin.permitted > 0 {
            chart.draw_series([column(index, 0, bin.permitted, PERMITTED)])?;
        }
        if bin.withheld > 0 {
            chart.draw_series([column(index, bin.permitted, all, WITHHELD)])?;
        }
    }
    drop(chart);
    area.present()
}

/// A step of 1, 2 or 5 and zeros that takes at most six steps to the highest number.
fn step(highest: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if highest.div_ceil(step) <= 6 {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The picture with more attributes and a first child. It starts with `<svg` and its attributes.
fn framed(svg: &str, attributes: &str, first_child: &str) -> String {
    let open = svg
        .find("<svg ")
        .expect("a picture starts with its element")
        + "<svg ".len();
    let end = open + svg[open..].find('>').expect("its element's start ends");
    format!(
        "<svg {attributes} {}>{first_child}{}",
        &svg[open..end],
        svg[end + 1..].trim_end()
    )
}
