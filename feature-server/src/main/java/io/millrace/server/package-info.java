/** The command line of Millrace; each command composes what it needs and nothing more. */
package io.millrace.server;
