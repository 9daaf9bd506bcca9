/** What Millrace costs, measured beside what the same would cost otherwise. */
package io.millrace.benchmarks;
