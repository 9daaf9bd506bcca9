/** Hop 6 of the walk: the rows that a request asked for meet and become its vector. */
package io.millrace.jobs.vector;
