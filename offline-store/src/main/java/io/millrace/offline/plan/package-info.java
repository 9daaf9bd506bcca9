/** Definitions as they are applied, and what a change of them does to values. */
package io.millrace.offline.plan;
