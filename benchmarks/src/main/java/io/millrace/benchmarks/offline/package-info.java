/** What the offline store costs: writing, compacting, space. */
package io.millrace.benchmarks.offline;
