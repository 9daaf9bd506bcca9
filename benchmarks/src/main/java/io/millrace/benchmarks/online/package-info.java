/** The online store in Redis: what it takes, and what it costs beside Redis itself. */
package io.millrace.benchmarks.online;
