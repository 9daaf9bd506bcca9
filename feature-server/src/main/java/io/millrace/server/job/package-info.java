/** Flink jobs in processes of their own: started, watched, stopped. */
package io.millrace.server.job;
