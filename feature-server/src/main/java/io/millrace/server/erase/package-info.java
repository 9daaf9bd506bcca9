/** Erases a subject everywhere: tells the jobs, rewrites the stores, and writes a receipt. */
package io.millrace.server.erase;
