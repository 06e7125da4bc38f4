//! A page's bars and columns, measured against the numbers that they stand for.

/// The row of a table that holds this.
pub(super) fn row_of<'p>(page: &'p str, attribute: &str) -> &'p str {
    let at = page
        .find(attribute)
        .unwrap_or_else(|| panic!("no {attribute}"));
    let start = page[..at].rfind("<tr").unwrap();
    &page[start..start + page[start..].find("</tr>").unwrap()]
}

fn attribute(element: &str, name: &str) -> f64 {
    let from = element.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    let text = &element[from..];
    text[..text.find('"').unwrap()].parse().unwrap()
}

/// The rectangles of the first picture, by colour.
fn rectangles<'p>(html: &'p str, colour: &str) -> Vec<&'p str> {
    let picture = &html[html.find("<svg ").unwrap()..];
    let picture = &picture[..picture.find("</svg>").unwrap()];
    let elements = picture
        .split('<')
        .filter(|element| element.starts_with("rect "));
    elements
        .filter(|element| element.contains(&format!("fill=\"{colour}\"")))
        .collect()
}

/// A bar's parts are the shares that they stand for, in thousandths.
pub(super) fn assert_bar(html: &str, parts: &[(&str, u64)], whole: u64) {
    let mut before = 0;
    for &(colour, part) in parts {
        let found = rectangles(html, colour);
        assert_eq!(found.len(), usize::from(part > 0), "{colour} {part}");
        if let [bar] = found[..] {
            let place = |number: u64| (number * 1_000 / whole) as f64;
            let expected = (
                place(before).min(998.0),
                (place(before + part) - place(before)).max(2.0),
            );
            assert_eq!(
                (attribute(bar, "x"), attribute(bar, "width")),
                expected,
                "{colour} {part} of {whole}"
            );
        }
        before += part;
    }
}

/// The columns are as high as their numbers, and the scale beside them is right.
pub(super) fn assert_columns(page: &str, parts: &[(String, u64, u64)]) {
    for class in ["wide", "narrow"] {
        let figure = &page[page.find(&format!("<figure class=\"{class}\">")).unwrap()..];
        let picture = &figure[..figure.find("</svg>").unwrap()];
        let labels: Vec<(f64, f64, String)> = picture
            .split("<text ")
            .skip(1)
            .map(|element| {
                let text =
                    element[element.find('>').unwrap() + 1..element.find("</text").unwrap()].trim();
                (
                    attribute(&format!(" {element}"), "x"),
                    attribute(&format!(" {element}"), "y"),
                    text.to_owned(),
                )
            })
            .collect();
        // Numbers beside the picture have one place from the left; names below it one place from above.
        let left = labels.iter().map(|label| label.0).fold(f64::MAX, f64::min);
        let (scale, names): (Vec<_>, Vec<_>) =
            labels.into_iter().partition(|label| label.0 == left);
        let scale: Vec<(f64, f64)> = scale
            .iter()
            .map(|(_, y, text)| (*y, text.replace(',', "").parse().unwrap()))
            .collect();
        let (low, high) = (
            scale.iter().find(|label| label.1 == 0.0).unwrap(),
            scale.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap(),
        );
        let record = (low.0 - high.0) / high.1;
        for (y, number) in &scale {
            assert!((low.0 - y - number * record).abs() <= 1.0, "{scale:?}");
        }
        for (colour, which) in [("#12655B", 1), ("#B05F2C", 2)] {
            let expected: Vec<u64> = parts
                .iter()
                .map(|part| if which == 1 { part.1 } else { part.2 })
                .filter(|&part| part > 0)
                .collect();
            let found = rectangles(figure, colour);
            assert_eq!(found.len(), expected.len(), "{class} {colour}");
            for (column, part) in found.iter().zip(expected) {
                let height = attribute(column, "height");
                assert!(
                    (height - part as f64 * record).abs() <= 1.5,
                    "{class} {colour}: {height} for {part}"
                );
            }
        }
        for (_, _, name) in names {
            let years = &parts[0].0[..4]..=&parts[parts.len() - 1].0[..4];
            let known = years.contains(&&name[..4]);
            assert!(known && (name.len() == 4 || name == parts[0].0), "{name}");
        }
    }
}
