/** Whether what was served is what the events say. */
package io.millrace.offline.parity;
