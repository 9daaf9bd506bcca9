/** Where what asks and the rows that it asked for meet. */
package io.millrace.jobs.gather;
