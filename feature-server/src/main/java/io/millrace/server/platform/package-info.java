/**
 * The servers that run beside Millrace for a demo or a test, as child processes on 127.0.0.1, and
 * what they need of this machine: a folder, ports, a JVM.
 */
package io.millrace.server.platform;
