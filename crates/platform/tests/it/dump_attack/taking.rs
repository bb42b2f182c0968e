//! What the thief takes: every row of every table, and every file as it lies on the disk.

use std::{fs, path::Path};

use db::{Db, params};

use super::attack::{Cell, Table, Taken};

/// Every table of a database, its rows as they lie.
pub(super) async fn tables(db: &Db, postgres: bool) -> Vec<Table> {
    let names = if postgres {
        "SELECT tablename AS name FROM pg_catalog.pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    };
    let mut tables = Vec::new();
    for row in db.fetch_all(names, params![]).await.unwrap() {
        let name: String = row.get("name").unwrap();
        // What the program says of itself.
        if name == "migration" {
            continue;
        }
        let columns = columns(db, &name, postgres).await;
        let list: Vec<&str> = columns.iter().map(|(column, _)| column.as_str()).collect();
        let sql = &*format!("SELECT {} FROM {name}", list.join(", ")).leak();
        let rows = db.fetch_all(sql, params![]).await.unwrap();
        let cells = |row| columns.iter().map(|(column, kind)| cell(row, column, kind)).collect();
        tables.push(Table {
            rows: rows.iter().map(cells).collect(),
            columns: columns.iter().map(|(column, _)| column.clone()).collect(),
            name,
        });
    }
    tables
}

async fn columns(db: &Db, table: &str, postgres: bool) -> Vec<(String, String)> {
    let sql = if postgres {
        format!(
            "SELECT column_name::TEXT AS name, data_type::TEXT AS type FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
        )
    } else {
        format!("SELECT name, type FROM pragma_table_info('{table}')")
    };
    let rows = db.fetch_all(&*sql.leak(), params![]).await.unwrap();
    rows.iter().map(|row| (row.get("name").unwrap(), row.get("type").unwrap())).collect()
}

fn cell(row: &db::Row, column: &str, kind: &str) -> Cell {
    let cell = match kind {
        "INTEGER" | "bigint" => row.get::<Option<i64>>(column).unwrap().map(Cell::Number),
        "BLOB" | "bytea" => row.get::<Option<Vec<u8>>>(column).unwrap().map(Cell::Bytes),
        "TEXT" | "text" => row.get::<Option<String>>(column).unwrap().map(|text| Cell::Bytes(text.into_bytes())),
        other => panic!("{column} is of an unknown kind: {other}"),
    };
    cell.unwrap_or(Cell::Nothing)
}

/// Every byte that was taken from a party: its rows, and the files and folders that are named here.
pub(super) fn everything(taken: &Taken, paths: &[&Path]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for cell in taken.tables.iter().flat_map(|table| &table.rows).flatten() {
        match cell {
            Cell::Nothing => {}
            Cell::Number(number) => bytes.extend(number.to_string().as_bytes()),
            Cell::Bytes(value) => bytes.extend(value),
        }
        bytes.push(b'\n');
    }
    for path in paths {
        files(path, &mut bytes);
    }
    bytes
}

fn files(path: &Path, bytes: &mut Vec<u8>) {
    if let Ok(folder) = fs::read_dir(path) {
        folder.for_each(|entry| files(&entry.unwrap().path(), bytes));
    } else if let Ok(file) = fs::read(path) {
        bytes.extend(file);
        bytes.push(b'\n');
    }
}
