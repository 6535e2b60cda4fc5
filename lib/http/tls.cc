// SPDX-License-Identifier: MIT
#include "http/tls.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace camp::http {

Result<ServerTls> ServerTls::load(const std::string& certificate_file,
                                  const std::string& key_file) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return fail(Kind::failed, "TLS cannot be started");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  const bool certificate =
      SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) == 1;
  const bool key =
      SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) == 1;
  ERR_clear_error();
  if (!certificate) {
    return fail(Kind::usage, "cannot use the certificate in " + certificate_file,
                "it must be a PEM file with the server's certificate first, then its chain");
  }
  if (!key || SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return fail(Kind::usage, "cannot use the key in " + key_file,
                "it must be the PEM file of the certificate's own key, without a passphrase");
  }
  return ServerTls(context);
}

bufferevent* ServerTls::accept(event_base* base, int fd) const {
  SSL* const ssl = SSL_new(context_.get());
  if (ssl == nullptr) return nullptr;
  bufferevent* const connection = bufferevent_openssl_socket_new(
      base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
  if (connection == nullptr) {
    SSL_free(ssl);
    return nullptr;
  }
  bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
  return connection;
}

void ServerTls::say_end(bufferevent* connection) {
  SSL* const ssl = bufferevent_openssl_get_ssl(connection);
  if (ssl == nullptr || SSL_is_init_finished(ssl) != 1) return;
  SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);  // we do not wait for the other side's word
  SSL_shutdown(ssl);
  ERR_clear_error();
}

}  // namespace camp::http
