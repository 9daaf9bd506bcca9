/** Training sets of a spine beside a hand-written join of the same rows. */
package io.millrace.benchmarks.trainingset;
