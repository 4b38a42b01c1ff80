//! Objects of the state's bucket: records of deployments.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;

use super::failure_of;
use crate::failure::{Doing, Failure};

/// A client for buckets. An emulator knows no bucket by its host name.
pub fn client(config: &SdkConfig, emulated: bool) -> Client {
    Client::from_conf(Builder::from(config).force_path_style(emulated).build())
}

/// The names of all objects that begin with `prefix`.
pub async fn list(client: &Client, bucket: &str, prefix: &str) -> Result<Vec<String>, Failure> {
    let mut pages = client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure_of("s3:ListBucket", &error))?;
        names.extend(page.contents().iter().filter_map(|object| object.key().map(ToOwned::to_owned)));
    }
    Ok(names)
}

/// The names of the caller's buckets that begin with `prefix` and have an object whose name ends with `suffix`.
pub async fn buckets_with(client: &Client, prefix: &str, suffix: &str) -> Result<Vec<String>, Failure> {
    let mut pages = client.list_buckets().prefix(prefix).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure_of("s3:ListAllMyBuckets", &error))?;
        for name in page.buckets().iter().filter_map(|bucket| bucket.name()) {
            // Who ignores the prefix answers with all of them.
            if name.starts_with(prefix)
                && list(client, name, "").await?.iter().any(|object| object.ends_with(suffix))
            {
                found.push(name.to_owned());
            }
        }
    }
    Ok(found)
}

/// The content of an object.
pub async fn get(client: &Client, bucket: &str, name: &str) -> Result<Vec<u8>, Failure> {
    let object = client.get_object().bucket(bucket).key(name).send().await;
    let object = object.map_err(|error| failure_of("s3:GetObject", &error))?;
    let content = object.body.collect().await.doing(|| format!("read {name}"))?;
    Ok(content.to_vec())
}

/// The content of an object; none where there is no such object.
pub async fn find(client: &Client, bucket: &str, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    match find_other(client, bucket, name, None).await? {
        Version::Found(content, _) => Ok(Some(content)),
        Version::Same | Version::Missing => Ok(None),
    }
}

/// An object as it is compared to a version of it that is known.
#[derive(Debug)]
pub enum Version {
    /// It is the one that is known.
    Same,
    /// It is another one: its content, and the tag of this version where the bucket gives one.
    Found(Vec<u8>, Option<String>),
    /// There is none.
    Missing,
}

/// The content of an object unless it is the version that `known` tags.
pub async fn find_other(
    client: &Client,
    bucket: &str,
    name: &str,
    known: Option<&str>,
) -> Result<Version, Failure> {
    let asked = client.get_object().bucket(bucket).key(name);
    let object = match asked.set_if_none_match(known.map(ToOwned::to_owned)).send().await {
        Ok(object) => object,
        Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
            return Ok(Version::Missing);
        }
        Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 304) => {
            return Ok(Version::Same);
        }
        Err(error) => return Err(failure_of("s3:GetObject", &error)),
    };
    let tag = object.e_tag().map(ToOwned::to_owned);
    let content = object.body.collect().await.doing(|| format!("read {name}"))?;
    Ok(Version::Found(content.to_vec(), tag))
}

/// Writes a new object. False when there is one of that name.
pub async fn put_new(client: &Client, bucket: &str, name: &str, content: Vec<u8>) -> Result<bool, Failure> {
    let put = client.put_object().bucket(bucket).key(name).if_none_match("*");
    let put = put.content_type("application/json").body(ByteStream::from(content)).send().await;
    match put {
        Ok(_) => Ok(true),
        Err(error)
            if error.raw_response().is_some_and(|answer| matches!(answer.status().as_u16(), 409 | 412)) =>
        {
            Ok(false)
        }
        Err(error) => Err(failure_of("s3:PutObject", &error)),
    }
}
