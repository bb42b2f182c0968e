//! The one connection that writes, lent to one transaction after the other.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::connection::{self, Connection, Holder, Place, Role, Statement};
use crate::Error;
use crate::batch::{Act, Flush, Loan, Shared};

impl Shared for Connection {
    type Source = Arc<str>;

    async fn open(path: &Arc<str>) -> Result<Connection, Error> {
        connection::open(path, Role::Write).await
    }

    async fn act(slot: &mut Option<Connection>, act: Act) -> Result<(), Error> {
        match act {
            Act::Begin(flush) => {
                slot.as_mut().ok_or(Error::Closed)?.flush_commits(flush)?;
                control(slot, &["BEGIN IMMEDIATE", "SAVEPOINT turn"], Place::Here).await
            }
            Act::Next => control(slot, &["RELEASE turn", "SAVEPOINT turn"], Place::Here).await,
            Act::Undo => control(slot, &["ROLLBACK TO turn"], Place::Here).await,
            Act::Commit(Flush::Now) => control(slot, &["COMMIT"], Place::Aside).await,
            Act::Commit(Flush::Later) => control(slot, &["COMMIT"], Place::Here).await,
            Act::Abandon => control(slot, &["ROLLBACK"], Place::Here).await,
        }
    }

    async fn close(self) {
        if let Ok(Err(error)) = spawn_blocking(move || Connection::close(self)).await {
            tracing::warn!(%error, "could not close the database's write connection");
        }
    }
}

impl Holder for Loan<Connection> {
    fn connection(&mut self) -> Option<&mut Connection> {
        Loan::connection(self)
    }
}

async fn control(slot: &mut Option<Connection>, sql: &[&'static str], place: Place) -> Result<(), Error> {
    for sql in sql {
        connection::statement(slot, Statement::control(sql), place).await?;
    }
    Ok(())
}
