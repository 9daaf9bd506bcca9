/**
 * Hops 3 and 4 of the walk: events to the state of their key, and rows out of it, in total order.
 */
package io.millrace.jobs.feature;
