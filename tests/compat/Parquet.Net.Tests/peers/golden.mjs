// Makes the files in ../golden again: npm ci && node golden.mjs
import { writeFileSync } from 'node:fs'
import * as arrow from 'apache-arrow'
import wasm from 'parquet-wasm'
import { columns, write } from './parquet.mjs'

const to = name => new URL(`../golden/${name}.parquet`, import.meta.url).pathname
const rows = 300

// What DuckDB writes: version 1 pages with dictionaries, and its newer layouts (delta, byte-stream-split) when asked for version 2.
await write.duckdb(to('duckdb-v1-snappy'), rows, { copy: 'COMPRESSION snappy, PARQUET_VERSION V1' })
await write.duckdb(to('duckdb-v1-gzip'), rows, { copy: 'COMPRESSION gzip, PARQUET_VERSION V1' })
await write.duckdb(to('duckdb-v2-zstd'), rows, { copy: 'COMPRESSION zstd, PARQUET_VERSION V2' })
await write.duckdb(to('duckdb-v2-plain'), rows, { copy: 'COMPRESSION uncompressed, PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 1' })

// What hyparquet-writer writes: version 2 pages, several to a column and several row groups.
await write.hyparquet(to('hyparquet-snappy'), rows, { codec: 'SNAPPY', rowGroupSize: 120, pageSize: 200 })
await write.hyparquet(to('hyparquet-gzip'), rows, { codec: 'GZIP', rowGroupSize: 1000 })
await write.hyparquet(to('hyparquet-delta'), rows, {
  codec: 'UNCOMPRESSED', rowGroupSize: 1000,
  encodings: {
    Row: 'DELTA_BINARY_PACKED', Flag: 'RLE', Count: 'DELTA_BINARY_PACKED', Total: 'DELTA_BINARY_PACKED', Ratio: 'BYTE_STREAM_SPLIT',
    Score: 'BYTE_STREAM_SPLIT', Name: 'DELTA_BYTE_ARRAY', Moment: 'DELTA_BINARY_PACKED',
  },
})
await write.hyparquet(to('hyparquet-lengths'), rows, { codec: 'SNAPPY', rowGroupSize: 1000, encodings: { Name: 'DELTA_LENGTH_BYTE_ARRAY', Total: 'BYTE_STREAM_SPLIT' } })

// What arrow-rs writes (parquet-wasm): dictionaries for every column, Arrow's own schema among the metadata, both page versions. pyarrow's files look like these.
const types = {
  BOOLEAN: new arrow.Bool(), INT32: new arrow.Int32(), INT64: new arrow.Int64(), FLOAT: new arrow.Float32(), DOUBLE: new arrow.Float64(),
  STRING: new arrow.Utf8(), TIMESTAMP: new arrow.TimestampMillisecond(),
}
const table = new arrow.Table(Object.fromEntries(Object.entries(columns).map(([name, { at, type }]) =>
  [name, arrow.vectorFromArray(Array.from({ length: rows }, (_, i) => at(i)), types[type])])))
const arrowRs = (name, choose) => writeFileSync(to(name), wasm.writeParquet(
  wasm.Table.fromIPCStream(arrow.tableToIPC(table, 'stream')), choose(new wasm.WriterPropertiesBuilder()).build()))
arrowRs('arrow-v1-snappy', b => b.setCompression(wasm.Compression.SNAPPY).setWriterVersion(wasm.WriterVersion.V1))
arrowRs('arrow-v2-zstd', b => b.setCompression(wasm.Compression.ZSTD).setWriterVersion(wasm.WriterVersion.V2).setMaxRowGroupSize(100))
arrowRs('arrow-v2-gzip', b => b.setCompression(wasm.Compression.GZIP).setWriterVersion(wasm.WriterVersion.V2).setDictionaryEnabled(false).setDataPageSizeLimit(500))

// Types beside the ones that a record has, compressions that cannot be read, and columns that are not flat.
const other = `
  (i - 5)::TINYINT AS "Tiny", (i * 100)::SMALLINT AS "Small", (i * 25)::UTINYINT AS "UTiny", (i * 6000)::USMALLINT AS "USmall",
  (i * 400000000)::UINTEGER AS "UInt", (i * 4000000000)::UBIGINT AS "UBig", (DATE '2024-02-27' + i::INTEGER) AS "Day",
  make_timestamp(i * 1001000)::TIMESTAMP_MS AS "Millis", make_timestamp(i * 1001)::TIMESTAMP_NS AS "Nanos", make_timestamp(i * 1001)::TIMESTAMPTZ AS "Zoned",
  (i / 4)::DECIMAL(9, 2) AS "Price", encode('bytes ' || i) AS "Blob"`
await write.duckdb(to('duckdb-types'), 10, { columns: other, copy: 'COMPRESSION snappy' })
await write.duckdb(to('duckdb-nested'), 10, { columns: `{'inner': i, 'Row': 7} AS "Pair", [i, i + 1] AS "List", i::INTEGER AS "Row"`, copy: 'COMPRESSION snappy' })
await write.duckdb(to('duckdb-brotli'), 10, { columns: 'i::INTEGER AS "Row"', copy: 'COMPRESSION brotli' })
await write.duckdb(to('duckdb-lz4'), 10, { columns: 'i::INTEGER AS "Row"', copy: 'COMPRESSION lz4_raw' })
