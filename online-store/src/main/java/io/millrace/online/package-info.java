/**
 * The newest values of a key. This package is the contract; each package below it is an
 * implementation and the only one that names its library.
 */
package io.millrace.online;
