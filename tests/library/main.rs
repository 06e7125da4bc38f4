//! The library as another program uses it: compile once, decide single records, run a whole pipeline.

mod cases;
mod changes;
mod compressed_parts;
mod content_limits;
mod debug;
mod explain;
mod many_columns;
mod many_sets;
mod outputs;
mod part_heads;
mod pipeline_boundaries;
mod single_records;
mod small;
mod staging;
mod supplies;
mod write_back;
