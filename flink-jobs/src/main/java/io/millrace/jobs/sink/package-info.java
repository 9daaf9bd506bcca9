/** Hops 5 and 8 of the walk: rows, events and predictions into the stores. */
package io.millrace.jobs.sink;
