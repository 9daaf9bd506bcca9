/** The continuous parity: what was served, recomputed round after round. */
package io.millrace.server.parity;
