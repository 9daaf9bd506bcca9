/** New views that begin with the recorded past, and their comparison with those they replace. */
package io.millrace.server.backfill;
