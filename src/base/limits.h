/*
 * Every maximum of the program in one place. A buffer, a queue or a table is
 * born with one of these; sizes are bytes unless the name says otherwise.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
	/* JSON */
	LIMIT_JSON_DEPTH = 32,

	/* HTTP (RFC 9112) */
	LIMIT_HTTP_REQUEST_LINE = 8 * 1024,
	LIMIT_HTTP_HEADER_BYTES = 32 * 1024,
	LIMIT_HTTP_HEADER_COUNT = 64,
	LIMIT_HTTP_CHUNK_LINE = 256,

	/* One frame between two roles, without its descriptor. */
	LIMIT_FRAME = 64 * 1024,
	/* Bodies up to this size travel in the frame, larger ones as a file. */
	LIMIT_FRAME_BODY = 32 * 1024,

	/* Bodies of requests, per kind of route. */
	LIMIT_BODY_API = 64 * 1024,
	LIMIT_BODY_EST = 32 * 1024,
	LIMIT_BODY_OCSP = 16 * 1024,
	LIMIT_BODY_REFRESH = 16 * 1024 * 1024,

	/* WebSocket messages (RFC 6455), after reassembly. */
	LIMIT_WEBSOCKET_MESSAGE = 32 * 1024,
	/* Of a console, which has nothing to say. */
	LIMIT_WEBSOCKET_CONSOLE_MESSAGE = 125,
	/* Consoles (and warifuctl watch) that wait for changes: in all, and of
	 * one user. */
	LIMIT_CHANGES_SOCKETS = 2048,
	LIMIT_CHANGES_SOCKETS_OF_USER = 32,

	/* Certificates and requests in DER. */
	LIMIT_CERTIFICATE = 16 * 1024,
	LIMIT_CERTIFICATE_CHAIN_COUNT = 8,

	/* Names that people give. */
	LIMIT_NAME = 128,
	LIMIT_PASSWORD = 128,
	LIMIT_COMMENT = 1024,

	/* What is counted of a computer's software: so many titles, each with
	 * its version, and so much of their names. What is longer is cut. */
	LIMIT_SOFTWARE_PER_COMPUTER = 10000,
	LIMIT_SOFTWARE_NAME = 255,
	LIMIT_SOFTWARE_VERSION = 127,

	/* Configuration files. */
	LIMIT_CONFIG_FILE = 256 * 1024,
	LIMIT_CONFIG_VALUE = 4 * 1024,
};

#endif
