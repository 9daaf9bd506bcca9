/** The feature server under open-loop load, beside a bare Redis under the same load. */
package io.millrace.benchmarks.serve;
