// Reads a Parquet file and prints each row as JSON, numbers as text so that none loses its sign or its digits.
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const [path, ...columns] = process.argv.slice(2)
const file = await asyncBufferFromFile(path)
const shown = (key, value) =>
  typeof value === 'bigint' ? value.toString()
    : typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value))
      : value
for (const row of await parquetReadObjects({ file, compressors, columns })) {
  console.log(JSON.stringify(columns.map(column => row[column] ?? null), shown))
}
