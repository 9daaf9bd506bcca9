/**
 * Hops 1 and 2 of the walk: bytes to events or dead letters, and events to the keys they are about.
 */
package io.millrace.jobs.intake;
