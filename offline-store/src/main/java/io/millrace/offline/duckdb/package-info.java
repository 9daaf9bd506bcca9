/** SQL over the offline store. The only package that names DuckDB. */
package io.millrace.offline.duckdb;
