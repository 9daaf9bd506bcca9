/** A training set as a bounded job: pieces of history and spine in, files of rows out. */
package io.millrace.jobs.training;
