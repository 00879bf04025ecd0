/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ops.c points to. Each handler is an `execute` of struct op_row: it reads the
 * earlier sections of the exchange, is the only one to change the world, and leaves
 * its answer in x->result. 0: answered, a refusal included; negative: our own failure.
 *
 * What a handler leaves for respond: `status`; `headers` (only what is special to the
 * answer); `body` for XML; or, for GetObject and HeadObject, `object` with `first` and
 * `count`: then respond writes the object's own header block (Content-Type,
 * Accept-Ranges, ETag, Last-Modified, x-cos-hash-crc64ecma, the stored headers), and a
 * name in `headers` replaces the same name of that block (response-content-type and
 * its like). 304 keeps the object and has count 0.
 */
#ifndef SERVICES_HANDLERS_H
#define SERVICES_HANDLERS_H

#include <stdbool.h>

struct cosmock_exchange;

/* What is long (struct op_row). */
bool body_is_long(const struct cosmock_exchange *x);      /* object.c */
bool abort_is_long(const struct cosmock_exchange *x);     /* multipart.c */
bool copy_is_long(const struct cosmock_exchange *x);      /* copy.c */
bool part_copy_is_long(const struct cosmock_exchange *x); /* copy.c */
bool select_is_long(const struct cosmock_exchange *x);    /* select.c */
bool cam_is_long(const struct cosmock_exchange *x);       /* cam_call.c */

/* acl.c */
int op_put_bucket_acl(struct cosmock_exchange *x);
int op_get_bucket_acl(struct cosmock_exchange *x);
int op_put_object_acl(struct cosmock_exchange *x);
int op_get_object_acl(struct cosmock_exchange *x);
/* bucket.c */
int op_get_service(struct cosmock_exchange *x);
int op_put_bucket(struct cosmock_exchange *x);
int op_head_bucket(struct cosmock_exchange *x);
int op_delete_bucket(struct cosmock_exchange *x);
int op_get_bucket_location(struct cosmock_exchange *x);
/* bucket_policy.c */
int op_get_bucket_policy(struct cosmock_exchange *x);
int op_put_bucket_policy(struct cosmock_exchange *x);
int op_delete_bucket_policy(struct cosmock_exchange *x);
/* documents.c: of the row's document */
int op_get_document(struct cosmock_exchange *x);
int op_put_document(struct cosmock_exchange *x);
int op_delete_document(struct cosmock_exchange *x);
/* cors_answer.c: of a bucket or of what is in it */
int op_options(struct cosmock_exchange *x);
/* domain.c */
int op_get_domain_certificate(struct cosmock_exchange *x);
int op_put_domain_certificate(struct cosmock_exchange *x);
int op_delete_domain_certificate(struct cosmock_exchange *x);
/* inventory.c */
int op_get_bucket_inventory(struct cosmock_exchange *x);
int op_put_bucket_inventory(struct cosmock_exchange *x);
int op_post_bucket_inventory(struct cosmock_exchange *x);
int op_delete_bucket_inventory(struct cosmock_exchange *x);
/* tiering.c: rules by id */
int op_get_tiering_rule(struct cosmock_exchange *x);
int op_put_tiering_rule(struct cosmock_exchange *x);
int op_delete_tiering_rule(struct cosmock_exchange *x);
/* list.c */
int op_get_bucket(struct cosmock_exchange *x);
/* list_versions.c */
int op_get_bucket_object_versions(struct cosmock_exchange *x);
/* versioning.c */
int op_get_bucket_versioning(struct cosmock_exchange *x);
int op_put_bucket_versioning(struct cosmock_exchange *x);
/* object.c */
int op_get_object(struct cosmock_exchange *x);
int op_head_object(struct cosmock_exchange *x);
int op_put_object(struct cosmock_exchange *x);
int op_delete_object(struct cosmock_exchange *x);
/* append.c */
int op_append_object(struct cosmock_exchange *x);
int op_select_object_content(struct cosmock_exchange *x);
/* symlink.c */
int op_put_symlink(struct cosmock_exchange *x);
int op_get_symlink(struct cosmock_exchange *x);
/* tagging.c */
int op_get_object_tagging(struct cosmock_exchange *x);
int op_put_object_tagging(struct cosmock_exchange *x);
int op_delete_object_tagging(struct cosmock_exchange *x);
/* form.c */
int op_post_object(struct cosmock_exchange *x);
/* copy.c */
int op_put_object_copy(struct cosmock_exchange *x);
int op_upload_part_copy(struct cosmock_exchange *x);
/* retention.c */
int op_get_object_retention(struct cosmock_exchange *x);
int op_put_object_retention(struct cosmock_exchange *x);
/* restore.c */
int op_post_object_restore(struct cosmock_exchange *x);
/* delete_multi.c */
int op_delete_multiple_objects(struct cosmock_exchange *x);
/* multipart.c */
int op_initiate_multipart_upload(struct cosmock_exchange *x);
int op_upload_part(struct cosmock_exchange *x);
int op_complete_multipart_upload(struct cosmock_exchange *x);
int op_abort_multipart_upload(struct cosmock_exchange *x);
/* list_uploads.c */
int op_list_parts(struct cosmock_exchange *x);
int op_list_multipart_uploads(struct cosmock_exchange *x);
/* sts.c */
int op_get_federation_token(struct cosmock_exchange *x);
int op_get_caller_identity(struct cosmock_exchange *x);
int op_get_session_token(struct cosmock_exchange *x);
int op_query_api_key(struct cosmock_exchange *x);
int op_assume_role(struct cosmock_exchange *x);
int op_assume_role_with_saml(struct cosmock_exchange *x);
int op_assume_role_with_web_identity(struct cosmock_exchange *x);
/* cam_users.c */
int op_add_user(struct cosmock_exchange *x);
int op_get_user(struct cosmock_exchange *x);
int op_update_user(struct cosmock_exchange *x);
int op_delete_user(struct cosmock_exchange *x);
int op_list_users(struct cosmock_exchange *x);
int op_describe_sub_accounts(struct cosmock_exchange *x);
int op_get_user_app_id(struct cosmock_exchange *x);
int op_get_account_summary(struct cosmock_exchange *x);
/* cam_keys.c */
int op_create_access_key(struct cosmock_exchange *x);
int op_list_access_keys(struct cosmock_exchange *x);
int op_update_access_key(struct cosmock_exchange *x);
int op_delete_access_key(struct cosmock_exchange *x);
/* cam_policies.c */
int op_create_policy(struct cosmock_exchange *x);
int op_get_policy(struct cosmock_exchange *x);
int op_update_policy(struct cosmock_exchange *x);
int op_delete_policy(struct cosmock_exchange *x);
int op_list_policies(struct cosmock_exchange *x);
int op_create_policy_version(struct cosmock_exchange *x);
int op_set_default_policy_version(struct cosmock_exchange *x);
int op_delete_policy_version(struct cosmock_exchange *x);
int op_get_policy_version(struct cosmock_exchange *x);
int op_list_policy_versions(struct cosmock_exchange *x);
/* cam_attachments.c */
int op_attach_user_policy(struct cosmock_exchange *x);
int op_detach_user_policy(struct cosmock_exchange *x);
int op_attach_group_policy(struct cosmock_exchange *x);
int op_detach_group_policy(struct cosmock_exchange *x);
int op_attach_role_policy(struct cosmock_exchange *x);
int op_detach_role_policy(struct cosmock_exchange *x);
int op_list_attached_user_policies(struct cosmock_exchange *x);
int op_list_attached_group_policies(struct cosmock_exchange *x);
int op_list_attached_role_policies(struct cosmock_exchange *x);
int op_list_attached_user_all_policies(struct cosmock_exchange *x);
int op_list_entities_for_policy(struct cosmock_exchange *x);
/* cam_groups.c */
int op_create_group(struct cosmock_exchange *x);
int op_update_group(struct cosmock_exchange *x);
int op_delete_group(struct cosmock_exchange *x);
int op_get_group(struct cosmock_exchange *x);
int op_list_groups(struct cosmock_exchange *x);
int op_list_groups_for_user(struct cosmock_exchange *x);
int op_list_users_for_group(struct cosmock_exchange *x);
int op_add_user_to_group(struct cosmock_exchange *x);
int op_remove_user_from_group(struct cosmock_exchange *x);
/* cam_roles.c */
int op_create_role(struct cosmock_exchange *x);
int op_get_role(struct cosmock_exchange *x);
int op_describe_role_list(struct cosmock_exchange *x);
int op_delete_role(struct cosmock_exchange *x);
int op_update_assume_role_policy(struct cosmock_exchange *x);
int op_update_role_description(struct cosmock_exchange *x);
int op_update_role_console_login(struct cosmock_exchange *x);
int op_update_role_session_duration(struct cosmock_exchange *x);
int op_tag_role(struct cosmock_exchange *x);
int op_untag_role(struct cosmock_exchange *x);
/* cam_boundaries.c */
int op_put_user_permissions_boundary(struct cosmock_exchange *x);
int op_delete_user_permissions_boundary(struct cosmock_exchange *x);
int op_get_user_permission_boundary(struct cosmock_exchange *x);
int op_put_role_permissions_boundary(struct cosmock_exchange *x);
int op_delete_role_permissions_boundary(struct cosmock_exchange *x);
int op_get_role_permission_boundary(struct cosmock_exchange *x);

#endif
