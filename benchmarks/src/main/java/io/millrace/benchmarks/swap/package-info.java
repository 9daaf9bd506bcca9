/** What changing the model costs while requests come in, and whether anything goes wrong. */
package io.millrace.benchmarks.swap;
