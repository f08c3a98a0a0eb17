// Reads and writes one table with implementations that know nothing of ours.
//   node parquet.mjs read  duckdb|hyparquet FILE             prints the rows as JSON, every cell as text or null
//   node parquet.mjs types duckdb FILE                       prints the column types as DuckDB names them
//   node parquet.mjs write duckdb|hyparquet FILE N OPTIONS   writes N rows of the table below
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gzipSync, gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { parquetWriteFile } from 'hyparquet-writer'

// The table: cell (row i, column) is a formula, so that every writer can make it and every reader check it. Tests/Sample.cs has the same in C#.
const start = 1704067200000 // 2024-01-01 in milliseconds
export const columns = {
  Row: { type: 'INT32', nullable: false, at: i => i },
  Flag: { type: 'BOOLEAN', at: i => i % 5 === 0 ? null : i % 2 === 0 },
  Count: { type: 'INT32', at: i => i % 7 === 3 ? null : i * 37 % 1000 - 500 },
  Total: { type: 'INT64', at: i => i % 11 === 4 ? null : BigInt(i) * 4000000007n * (i % 2 === 1 ? 1n : -1n) },
  Ratio: { type: 'FLOAT', at: i => i % 6 === 1 ? null : i / 8 },
  Score: { type: 'DOUBLE', at: i => i % 4 === 2 ? null : i * 0.1 },
  Name: { type: 'STRING', at: i => i % 3 === 0 ? null : `name ${i % 10} ü€😀` },
  Moment: { type: 'TIMESTAMP', at: i => i % 9 === 5 ? null : new Date(start + i * 61001) },
}

const sql = `
  i::INTEGER AS "Row",
  CASE WHEN i % 5 <> 0 THEN i % 2 = 0 END AS "Flag",
  CASE WHEN i % 7 <> 3 THEN (i * 37 % 1000 - 500)::INTEGER END AS "Count",
  CASE WHEN i % 11 <> 4 THEN i::BIGINT * 4000000007 * (CASE WHEN i % 2 = 1 THEN 1 ELSE -1 END) END AS "Total",
  CASE WHEN i % 6 <> 1 THEN (i::DOUBLE / 8)::FLOAT END AS "Ratio",
  CASE WHEN i % 4 <> 2 THEN i::DOUBLE * '0.1'::DOUBLE END AS "Score",
  CASE WHEN i % 3 <> 0 THEN 'name ' || (i % 10) || ' ü€😀' END AS "Name",
  CASE WHEN i % 9 <> 5 THEN make_timestamp((${start} + i * 61001) * 1000) END AS "Moment"`

async function duckdb(query) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  return (await connection.runAndReadAll(query)).getRowObjects()
}

const quoted = file => `'${file.replaceAll("'", "''")}'`

export const write = {
  // options: { copy: 'COMPRESSION gzip, …', columns: SQL instead of the table's }
  duckdb: (file, rows, options) =>
    duckdb(`COPY (SELECT ${options.columns ?? sql} FROM range(${rows}) t(i)) TO ${quoted(file)} (FORMAT parquet, ${options.copy})`),

  // options: { codec, rowGroupSize, pageSize, encodings: { column: encoding } }
  hyparquet: (file, rows, options) => parquetWriteFile({
    filename: file,
    codec: options.codec,
    compressors: { GZIP: bytes => new Uint8Array(gzipSync(bytes)) },
    rowGroupSize: options.rowGroupSize,
    pageSize: options.pageSize,
    kvMetadata: [{ key: 'made by', value: 'a peer' }],
    columnData: Object.entries(columns).map(([name, { at, type, nullable }]) => ({
      name, type, nullable, encoding: options.encodings?.[name], data: Array.from({ length: rows }, (_, i) => at(i)),
    })),
  }),
}

const text = cell => cell === null || cell === undefined ? null : cell instanceof Date ? cell.toISOString() : String(cell)

const read = {
  duckdb: file => duckdb(`SELECT COLUMNS(*)::VARCHAR FROM read_parquet(${quoted(file)})`),
  hyparquet: async file => (await parquetReadObjects({ file: await asyncBufferFromFile(file), compressors: { GZIP: bytes => new Uint8Array(gunzipSync(bytes)) } }))
    .map(row => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, text(cell)]))),
}

if (process.argv[1] && existsSync(process.argv[1]) && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [verb, who, file, rows, options] = process.argv.slice(2)
  if (verb === 'write') await write[who](file, Number(rows), JSON.parse(options))
  else if (verb === 'read') console.log(JSON.stringify(await read[who](file)))
  else console.log(JSON.stringify(Object.fromEntries((await duckdb(`DESCRIBE SELECT * FROM read_parquet(${quoted(file)})`)).map(c => [c.column_name, c.column_type]))))
}
