/** A source's past, read from files as the events it was. */
package io.millrace.offline.history;
