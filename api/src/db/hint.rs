//! What to do about a database that fails, for people at a command line. Decides nothing.

use anyhow::Error;

/// What may help with `error`, where a database is behind it.
pub fn hint(error: &Error) -> Option<&'static str> {
    error.chain().find_map(|cause| of_database(cause.downcast_ref()?))
}

fn of_database(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => {
            Some("is the database server running, and is this its address? See DATABASE_URL")
        }
        sqlx::Error::Database(database) => match database.code().as_deref()? {
            "5" | "261" | "517" => {
                Some("another program holds the database file locked; try again when it has ended")
            }
            "8" | "1544" => Some("this user must be allowed to write the database file and its folder"),
            "10" | "266" | "522" | "778" | "1034" | "4874" => {
                Some("is there space left on the disk, and is the disk sound?")
            }
            "13" => Some("the disk is full; make space and try again, nothing was half written"),
            "14" => Some(
                "the folder of the database file must exist, and this user must be allowed to write there",
            ),
            "28000" | "1045" | "1698" => Some("check user and password in DATABASE_URL"),
            "42000" | "1049" | "1044" => Some("does the database exist, and may this user use it?"),
            _ => None,
        },
        _ => None,
    }
}
