/** Rows in Parquet files. The only package that names parquet-java. */
package io.millrace.offline.parquet;
