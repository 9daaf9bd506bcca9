/** The online store in a folder of this machine. The only package that names RocksDB. */
package io.millrace.online.rocksdb;
