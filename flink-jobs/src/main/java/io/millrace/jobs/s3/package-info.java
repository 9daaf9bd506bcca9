/** The one request to an S3 server that Flink's file systems do not make: put if absent. */
package io.millrace.jobs.s3;
