// Reads every Parquet file below a folder and prints how many rows there are and the sum of a column.
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const [folder, column] = process.argv.slice(2)
let rows = 0
let sum = 0n
for (const entry of readdirSync(folder, { recursive: true })) {
  const name = String(entry)
  if (!name.endsWith('.parquet') || name.split('/').at(-1).startsWith('.')) continue
  const file = await asyncBufferFromFile(join(folder, name))
  for (const row of await parquetReadObjects({ file, compressors, columns: [column] })) {
    rows += 1
    if (row[column] !== null && row[column] !== undefined) sum += BigInt(row[column])
  }
}
console.log(`${rows} ${sum}`)
